import { int16, int32, string, struct } from '../schema/fields.js'
import { message } from '../schema/message.js'

/** What every request starts with. Version 0 belongs to ControlledShutdown v0 alone; 2 to the flexible versions. */
export const requestHeader = message({
  name: 'RequestHeader',
  versions: '0-2',
  flexible: '2+',
  schema: struct({
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32({ about: 'Repeated in the response.' }),
    clientId: string({
      versions: '1+',
      nullable: '1+',
      default: '',
      ignorable: true,
      flexible: 'none',
      about: 'Never compact, so that a broker can read the header of an ApiVersions request of any version.',
    }),
  }),
})

/** What every response starts with. Version 1 belongs to the flexible versions of all APIs but ApiVersions. */
export const responseHeader = message({
  name: 'ResponseHeader',
  versions: '0-1',
  flexible: '1+',
  schema: struct({ correlationId: int32() }),
})
