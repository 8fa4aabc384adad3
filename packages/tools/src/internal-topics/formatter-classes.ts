import { groupMetadataJson, offsetsJson, type RecordText, transactionLogJson } from './console-formatters.js'
import { groupMetadataText, offsetsText, transactionLogText } from './scala-formatters.js'

/** `--formatter` of internal topics, by the names of Java classes. */
export const internalTopicFormatters: Readonly<Record<string, RecordText>> = {
  'org.apache.kafka.tools.consumer.OffsetsMessageFormatter': offsetsJson,
  'org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter': groupMetadataJson,
  'org.apache.kafka.tools.consumer.TransactionLogMessageFormatter': transactionLogJson,
  'kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter': offsetsText,
  'kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter': groupMetadataText,
  'kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter': transactionLogText,
}
