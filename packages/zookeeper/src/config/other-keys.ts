/**
 * Keys of ZooKeeper that this server has no use for (QuorumPeerConfig, ZooKeeper's administrator's guide): those that would
 * make it another server than the file promises are refused, those that are missed are warned of, and those that only
 * tune what works otherwise here are taken without a word.
 */

const ensemble =
  'this server is one node. An ensemble is the work of Apache ZooKeeper: name its servers in zookeeper.connect instead.'

interface Rule {
  /** Lower case: keys are compared without regard to case. */
  readonly keys: RegExp
  /** Only if the value is this; default: whatever it is. */
  readonly value?: RegExp
  readonly sentence: string
}

const refused: readonly Rule[] = [
  { keys: /^(?:server|group|weight)\.\d+$/, sentence: ensemble },
  { keys: /^dynamicconfigfile$/, sentence: ensemble },
  { keys: /^peertype$/, value: /^observer$/i, sentence: ensemble },
  { keys: /^(?:quorum\.auth\.enablesasl|sslquorum)$/, value: /^true$/i, sentence: ensemble },
  {
    keys: /^(?:authprovider(?:\..*)?|ssl\.authprovider|requireclientauthscheme)$/,
    sentence: 'the authentication schemes of this server are world, auth, digest and ip.',
  },
  {
    keys: /^(?:enforce\.auth\.enabled|sessionrequireclientsaslauth)$/,
    value: /^true$/i,
    sentence: 'this server lets in clients that have not authenticated. Protect the nodes with ACLs.',
  },
  {
    keys: /^(?:x509authenticationprovider\.superuser|superuser)$/,
    sentence: 'only DigestAuthenticationProvider.superDigest names a super user here.',
  },
  {
    keys: /^digestauthenticationprovider\.digestalg$/,
    value: /^(?!sha-?1$)/i,
    sentence: 'digests are SHA1 here.',
  },
  {
    keys: /^digestauthenticationprovider\.enabled$/,
    value: /^false$/i,
    sentence: 'the digest scheme cannot be switched off.',
  },
  { keys: /^ssl\.(?:crl|ocsp)$/, value: /^true$/i, sentence: 'revoked certificates are not looked for.' },
  { keys: /^ssl\.context\.supplier\.class$/, sentence: 'no Java class can be loaded here.' },
  { keys: /^admin\.(?:forcehttps|needclientauth)$/, value: /^true$/i, sentence: 'the admin server has no TLS.' },
  { keys: /^enforcequota$/, value: /^true$/i, sentence: 'quotas are not kept.' },
]

const warned: readonly Rule[] = [
  {
    keys: /^metricsprovider\..*$/,
    sentence: 'no metrics provider is started. The four-letter word mntr has the metrics.',
  },
  { keys: /^audit\.enable$/, value: /^true$/i, sentence: 'no audit log is written.' },
  { keys: /^client\.portunification$/, value: /^true$/i, sentence: 'TLS has a port of its own, secureClientPort.' },
  { keys: /^admin\.portunification$/, value: /^true$/i, sentence: 'the admin server has no TLS.' },
  { keys: /^reconfigenabled$/, value: /^true$/i, sentence: 'there is no ensemble to change.' },
  { keys: /^snapshot\.compression\.method$/, value: /^(?!checked$)/i, sentence: 'snapshots are not compressed.' },
  {
    keys: /^zookeeper\./,
    sentence: "ZooKeeper's system properties zookeeper.x are keys without zookeeper. in this file.",
  },
]

/** Tuning of ZooKeeper's threads, queues and caches, and switches whose other side is refused or warned of. */
const takenKeys: ReadonlySet<string> = new Set([
  'admin.forceHttps',
  'admin.httpVersion',
  'admin.needClientAuth',
  'admin.portUnification',
  'advancedFlowControlEnabled',
  'bitHashCacheSize',
  'client.certReload',
  'client.portUnification',
  'clientTcpKeepAlive',
  'cnxTimeout',
  'commitLogCount',
  'connectToLearnerMasterLimit',
  'digest.enabled',
  'electionAlg',
  'electionPortBindRetry',
  'emulate353TTLNodes',
  'enableEagerACLCheck',
  'enforceQuota',
  'ensembleAuthName',
  'fips-mode',
  'flushDelay',
  'forward_learner_requests_to_commit_processor_disabled',
  'fsync.warningthresholdms',
  'initLimit',
  'intBufferStartingSizeBytes',
  'jute.maxbuffer.extrasize',
  'largeRequestMaxBytes',
  'largeRequestThreshold',
  'leaderConnectDelayDuringRetryMs',
  'leaderServes',
  'localSessionsEnabled',
  'localSessionsUpgradingEnabled',
  'maxBatchSize',
  'maxConcurrentDiffSyncs',
  'maxConcurrentSnapSyncs',
  'maxGetChildrenResponseCacheSize',
  'maxInProcessingDeadWatchers',
  'maxResponseCacheSize',
  'maxTimeToWaitForEpoch',
  'maxWriteQueuePollTime',
  'observerMasterPort',
  'oraclePath',
  'outstandingHandshake.limit',
  'peerType',
  'portUnification',
  'preAllocSize',
  'quorumCnxnTimeoutMs',
  'quorumListenOnAllIPs',
  'reconfigEnabled',
  'serverCnxnFactory',
  'sessionRequireClientSASLAuth',
  'snapSizeLimitInKb',
  'sslQuorum',
  'sslQuorumReloadCertFiles',
  'ssl.allowReverseDnsLookup',
  'ssl.crl',
  'ssl.handshakeDetectionTimeoutMillis',
  'ssl.hostnameVerification',
  'ssl.ocsp',
  'ssl.protocol',
  'standaloneEnabled',
  'syncEnabled',
  'syncLimit',
  'tcpKeepAlive',
  'throttled_op_wait_time',
  'throttledOpWaitTime',
  'txnLogSizeLimitInKb',
  'watchManagerName',
  'znode.container.maxNeverUsedIntervalMs',
  'znode.container.maxPerMinute',
])

const takenPrefixes: readonly string[] = [
  'audit.',
  'commitProcessor.',
  'connection',
  'DigestAuthenticationProvider.',
  'enforce.auth.',
  'fastleader.',
  'follower.',
  'jmx.',
  'jvm.',
  'kerberos.',
  'leader.',
  'learner.',
  'messageTracker.',
  'multiAddress.',
  'netty.',
  'nio.',
  'observer.',
  'observerMaster.',
  'quorum.',
  'request',
  'snapshot.',
  'ssl.quorum.',
  'watcherClean',
]

/** What there is to say about `entries`, which the server does not read; `readKeys` are those that it reads. */
export function judgeOtherKeys(
  entries: ReadonlyMap<string, string>,
  readKeys: readonly string[],
): { readonly mistakes: readonly string[]; readonly warnings: readonly string[] } {
  const mistakes: string[] = []
  const warnings: string[] = []
  const unknown: string[] = []
  for (const [key, text] of entries) {
    const value = text.trim()
    const matches = (rule: Rule) => rule.keys.test(key.toLowerCase()) && (rule.value?.test(value) ?? true)
    const refusal = refused.find(matches)
    const warning = warned.find(matches)
    if (refusal !== undefined) mistakes.push(`${key}=${value} is refused: ${refusal.sentence}`)
    else if (warning !== undefined) warnings.push(`${key}=${value} has no effect: ${warning.sentence}`)
    else if (!isTaken(key)) unknown.push(describeUnknown(key, readKeys))
  }
  if (unknown.length > 0) warnings.push(`Unknown configuration keys: ${unknown.join(', ')}`)
  return { mistakes, warnings }
}

function isTaken(key: string): boolean {
  return takenKeys.has(key) || takenPrefixes.some((prefix) => key.startsWith(prefix))
}

function describeUnknown(key: string, readKeys: readonly string[]): string {
  const meant = readKeys.find((known) => known.toLowerCase() === key.toLowerCase())
  return meant === undefined ? key : `${key} (is it ${meant}?)`
}
