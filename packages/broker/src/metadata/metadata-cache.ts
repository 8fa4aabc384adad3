import type { UpdateMetadataRequest } from './metadata-applier.js'
import { MetadataImage } from './metadata-image.js'

/** Holds the newest image, and lets callers wait until it shows what they wait for. */
export class MetadataCache {
  #image = MetadataImage.empty
  readonly #waiters = new Set<(image: MetadataImage) => void>()

  get image(): MetadataImage {
    return this.#image
  }

  update(request: UpdateMetadataRequest): void {
    this.#image = this.#image.with(request)
    for (const notify of this.#waiters) notify(this.#image)
  }

  /** Resolves true once `shows` holds, false when the signal aborts first. */
  async waitUntil(shows: (image: MetadataImage) => boolean, signal: AbortSignal): Promise<boolean> {
    if (shows(this.#image)) return true
    if (signal.aborted) return false
    return await new Promise((resolve) => {
      const finish = (result: boolean) => {
        this.#waiters.delete(check)
        signal.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const check = (image: MetadataImage) => {
        if (shows(image)) finish(true)
      }
      const onAbort = () => finish(false)
      this.#waiters.add(check)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}
