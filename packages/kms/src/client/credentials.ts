/** What signs a request. `sessionToken` belongs to temporary credentials alone. */
export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}
