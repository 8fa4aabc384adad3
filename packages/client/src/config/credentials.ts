/** Who signs in by SASL. */
export interface Credentials {
  readonly username: string
  readonly password: string
  /**
   * They are a delegation token's (KIP-48): its `tokenId`, and its `hmac` in base64. Brokers take it by SCRAM alone. Default
   * false.
   */
  readonly isToken?: boolean
}
