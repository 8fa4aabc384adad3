import { type AnyApi, apiVersions, ErrorCode } from '@millrace/protocol'
import { type ApiHandler, handlerFor } from '../network/dispatcher.js'

/** Names of client software that are taken (KIP-511). */
const softwareText = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** ApiVersions: what this broker serves, which is exactly the APIs that have a handler. */
export function apiVersionsHandler(served: () => readonly AnyApi[]): ApiHandler {
  return handlerFor(apiVersions, ({ clientSoftwareName, clientSoftwareVersion }, { apiVersion }) => {
    const isNamed = softwareText.test(clientSoftwareName) && softwareText.test(clientSoftwareVersion)
    if (apiVersion >= 3 && !isNamed) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
    const apiKeys = served().map(({ key, advertised }) => ({
      apiKey: key,
      minVersion: advertised.min,
      maxVersion: advertised.max,
    }))
    return { errorCode: ErrorCode.NONE, apiKeys }
  })
}
