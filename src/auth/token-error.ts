/** Why a token was not accepted. The message is one of ours and holds nothing of the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
}

/** Tokens can be neither accepted nor refused: the issuer's keys could not be had. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'

  constructor(cause?: Error) {
    super("the issuer's keys are not available", cause ? { cause } : {})
  }
}
