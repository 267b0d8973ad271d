/** The version of the message format's implementation; the package's own surface is still to come. */
export const packageName = '@keyhold/envelope'
