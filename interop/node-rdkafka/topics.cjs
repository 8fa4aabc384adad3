// Loaded by mocha before the specs: makes the topics that they take for granted.
const { createRequire } = require('node:module')
const { join } = require('node:path')

const { AdminClient, CODES } = createRequire(join(process.cwd(), 'package.json'))('./')
const topics = ['test', 'test2']

exports.mochaHooks = {
  async beforeAll() {
    const admin = AdminClient.create({ 'metadata.broker.list': process.env.KAFKA_HOST })
    await Promise.all(topics.map((topic) => createTopic(admin, topic)))
    admin.disconnect()
  },
}

function createTopic(admin, topic) {
  return new Promise((resolve, reject) => {
    admin.createTopic({ topic, num_partitions: 1, replication_factor: 1 }, (error) => {
      if (error && error.code !== CODES.ERRORS.ERR_TOPIC_ALREADY_EXISTS) reject(error)
      else resolve()
    })
  })
}
