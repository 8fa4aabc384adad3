/** `kafka-delegation-tokens`: tokens with which others act for a principal (`DelegationTokenCommand`). */
import type { DelegationToken, KafkaAdminClient, KafkaPrincipal } from '@millrace/client'
import { adminClient } from '../command-line/admin-tool.js'
import { excludeOptions, oneAction, requireOptions } from '../command-line/checks.js'
import { clusterOptions } from '../command-line/client-settings.js'
import { flag, long, text, texts } from '../command-line/option-table.js'
import { json, outputOption, row } from '../command-line/output.js'
import { defineTool, type Invocation, ToolError } from '../command-line/tool.js'

const options = {
  ...clusterOptions,
  ...outputOption,
  create: flag('Make a token.'),
  renew: flag('Let a token expire later.'),
  expire: flag('Let a token expire earlier.'),
  describe: flag('Show tokens.'),
  'owner-principal': texts('type:name', 'Whose token it is. The default is who asks.'),
  'renewer-principal': texts('type:name', 'Who else may renew it.'),
  'max-life-time-period': long('ms', 'How long it can be renewed; -1: as long as brokers allow.'),
  'renew-time-period': long('ms', 'How much later it expires; -1: as brokers have it.'),
  'expiry-time-period': long('ms', 'When it expires; -1: at once.'),
  hmac: text('base64', 'The secret of the token.'),
} as const

type TokensInvocation = Invocation<typeof options>

const actions = ['create', 'renew', 'expire', 'describe'] as const

type Action = (typeof actions)[number]

export const kafkaDelegationTokens = defineTool({
  name: 'kafka-delegation-tokens',
  summary: 'Makes, renews, expires and shows delegation tokens.',
  options,
  async run(invocation) {
    const action = checked(invocation)
    await using admin = adminClient(invocation)
    await act[action](admin, invocation)
  },
})

const act: Readonly<Record<Action, (admin: KafkaAdminClient, invocation: TokensInvocation) => Promise<void>>> = {
  create: createToken,
  renew: renewToken,
  expire: expireToken,
  describe: describeTokens,
}

function checked({ given }: TokensInvocation): Action {
  const action = oneAction(
    given,
    actions,
    'Command must include exactly one action: --create, --renew, --expire or --describe',
  )
  requireOptions(given, 'bootstrap-server', 'command-config')
  if (action === 'create') requireOptions(given, 'max-life-time-period')
  if (action === 'renew') requireOptions(given, 'hmac', 'renew-time-period')
  if (action === 'expire') requireOptions(given, 'hmac', 'expiry-time-period')
  excludeOptions(given, 'create', ['hmac', 'renew-time-period', 'expiry-time-period'])
  excludeOptions(given, 'renew', ['renewer-principal', 'max-life-time-period', 'expiry-time-period', 'owner-principal'])
  excludeOptions(given, 'expire', ['max-life-time-period', 'renew-time-period', 'owner-principal'])
  excludeOptions(given, 'describe', ['renew-time-period', 'max-life-time-period', 'hmac', 'expiry-time-period'])
  return action
}

/** A line of text; nothing if JSON is wanted. */
function say({ options: { output }, print }: TokensInvocation, line: string): void {
  if (output !== 'json') print(line)
}

function principal(text: string): KafkaPrincipal {
  const [principalType, ...name] = text.trim().split(':')
  if (principalType && name.length > 0) return { principalType, name: name.join(':') }
  throw new ToolError(`expected a string in format principalType:principalName but got ${text}`)
}

function principalText({ principalType, name }: KafkaPrincipal): string {
  return `${principalType}:${name}`
}

async function createToken(admin: KafkaAdminClient, invocation: TokensInvocation): Promise<void> {
  const { options: values, print } = invocation
  const renewers = values['renewer-principal'].map(principal)
  const [owner] = values['owner-principal'].map(principal)
  const maxLifetimeMs = values['max-life-time-period'] ?? -1
  const names = renewers.map(principalText).join(', ')
  say(invocation, `Calling create token operation with renewers :[${names}] , max-life-time-period :${maxLifetimeMs}`)
  const token = await admin.createDelegationToken({
    renewers,
    ...(owner === undefined ? {} : { owner }),
    ...(maxLifetimeMs < 0 ? {} : { maxLifetimeMs }),
  })
  say(invocation, `Created delegation token with tokenId : ${token.tokenInfo.tokenId}`)
  if (values.output === 'json') print(json(asJson(token)))
  else for (const line of tokenLines([token])) print(line)
}

async function renewToken(admin: KafkaAdminClient, invocation: TokensInvocation): Promise<void> {
  const { hmac = '', 'renew-time-period': renewPeriodMs = -1 } = invocation.options
  say(invocation, `Calling renew token operation with hmac :${hmac} , renew-time-period :${renewPeriodMs}`)
  const period = renewPeriodMs < 0 ? {} : { renewTimePeriodMs: renewPeriodMs }
  printExpiry(invocation, 'renew', await admin.renewDelegationToken(Buffer.from(hmac, 'base64'), period))
}

async function expireToken(admin: KafkaAdminClient, invocation: TokensInvocation): Promise<void> {
  const { hmac = '', 'expiry-time-period': expiryPeriodMs = -1 } = invocation.options
  say(invocation, `Calling expire token operation with hmac :${hmac} , expire-time-period :${expiryPeriodMs}`)
  const period = expiryPeriodMs < 0 ? {} : { expiryTimePeriodMs: expiryPeriodMs }
  printExpiry(invocation, 'expire', await admin.expireDelegationToken(Buffer.from(hmac, 'base64'), period))
}

function printExpiry({ options: values, print }: TokensInvocation, what: string, expiryMs: number): void {
  if (values.output === 'json') print(json({ expiryTimestamp: expiryMs }))
  else print(`Completed ${what} operation. New expiry date : ${dateText(expiryMs)}`)
}

async function describeTokens(admin: KafkaAdminClient, invocation: TokensInvocation): Promise<void> {
  const { options: values, print } = invocation
  const owners = values['owner-principal'].map(principal)
  const names = owners.map(principalText).join(', ')
  say(
    invocation,
    owners.length === 0
      ? 'Calling describe token operation for current user.'
      : `Calling describe token operation for owners: [${names}]`,
  )
  // Without owners Kafka's tool asks for those of nobody, and shows none.
  const tokens = await admin.describeDelegationToken(owners.length === 0 ? {} : { owners })
  if (values.output === 'json') {
    print(json(tokens.map(asJson)))
    return
  }
  const [first = '', ...rest] = tokenLines(tokens)
  print(`Total number of tokens : ${tokens.length}${first}`)
  for (const line of rest) print(line)
}

const WIDTHS = [15, 30, 15, 15, 25, 15, 15, 15]

/** A blank line before each row, as Kafka's tool has it. */
function tokenLines(tokens: readonly DelegationToken[]): readonly string[] {
  const headings = ['TOKENID', 'HMAC', 'OWNER', 'REQUESTER', 'RENEWERS', 'ISSUEDATE', 'EXPIRYDATE', 'MAXDATE']
  const rows = tokens.map(({ tokenInfo, hmac }) => [
    ...[tokenInfo.tokenId, hmac.toString('base64'), principalText(tokenInfo.owner)],
    tokenInfo.tokenRequester === undefined ? '' : principalText(tokenInfo.tokenRequester),
    `[${tokenInfo.renewers.map(principalText).join(', ')}]`,
    ...[tokenInfo.issueTimestamp, tokenInfo.expiryTimestamp, tokenInfo.maxTimestamp].map(dateText),
  ])
  return [headings, ...rows].flatMap((cells) => ['', row(WIDTHS, cells)])
}

/** In local time, as `yyyy-MM-dd'T'HH:mm`. */
function dateText(timeMs: number): string {
  const time = new Date(timeMs)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`
}

function asJson({ tokenInfo, hmac }: DelegationToken) {
  return { ...tokenInfo, hmac: hmac.toString('base64') }
}
