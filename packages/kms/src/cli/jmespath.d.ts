declare module 'jmespath' {
  const jmespath: {
    /** Throws for an expression that is not JMESPath. */
    compile(expression: string): unknown
    search(data: unknown, expression: string): unknown
  }
  export default jmespath
}
