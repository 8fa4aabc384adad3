/** How clients name themselves to brokers (KIP-511). A test keeps the version that of the package. */
export const SOFTWARE = { name: 'millrace', version: '0.1.0' } as const
