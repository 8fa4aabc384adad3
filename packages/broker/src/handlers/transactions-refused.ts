/**
 * What a transactional producer is told while there is no transaction coordinator: an answer on which initTransactions
 * gives up at once. Others, such as UNSUPPORTED_VERSION, librdkafka retries until its own timeout.
 */
export const transactionsRefused = 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
