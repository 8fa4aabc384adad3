/** The Kafka whose command lines, formats and exit codes these tools have. */
export const kafkaVersion = '3.9.1'
