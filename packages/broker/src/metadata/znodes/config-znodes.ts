/** Configs of topics, brokers and others, and the notices of their changes. */
import { isZooKeeperError } from '@millrace/zookeeper'
import { decodeEntityConfig, type EntityConfig, encodeConfigChange, encodeEntityConfig } from './entity-config.js'
import { CONFIG_CHANGE_PREFIX, CONFIG_CHANGES_PATH, type ConfigEntityType, configEntityPath } from './paths.js'
import type { ZkSession } from './zk-session.js'
import { ANY_VERSION, createSequential, ensurePersistentPath, setData } from './znode-access.js'

export class ConfigZnodes {
  readonly #session: ZkSession

  constructor(session: ZkSession) {
    this.#session = session
  }

  /** Empty if the entity has no configs. `name` is sanitised. */
  async get(type: ConfigEntityType, name: string): Promise<EntityConfig> {
    const path = configEntityPath(type, name)
    return decodeEntityConfig(path, (await this.#session.getData(path))?.data ?? null)
  }

  /** Replaces an entity's configs without telling anyone: what the creation of a topic does. */
  async set(type: ConfigEntityType, name: string, config: EntityConfig): Promise<void> {
    const path = configEntityPath(type, name)
    const data = encodeEntityConfig(config)
    try {
      await setData(this.#session, path, data, ANY_VERSION)
    } catch (error) {
      if (!isZooKeeperError(error, 'NONODE')) throw error
      await ensurePersistentPath(this.#session, path, data)
    }
  }

  /** Replaces an entity's configs, then tells every broker (ConfigChangeListener reads it). */
  async change(type: ConfigEntityType, name: string, config: EntityConfig): Promise<void> {
    await this.set(type, name, config)
    await ensurePersistentPath(this.#session, CONFIG_CHANGES_PATH)
    await createSequential(
      this.#session,
      `${CONFIG_CHANGES_PATH}/${CONFIG_CHANGE_PREFIX}`,
      encodeConfigChange({ type, name }),
    )
  }
}
