import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { PeerNames } from '../../../src/peers/peer-names.ts'

const [one, two] = ['a-secret-of-the-tests-0123456789abcdef', 'another-secret-of-tests-0123456789abcdef']
const peer = { address: '10.0.0.7:8081', instance: 'Ab_-9' }

suite('PeerNames', () => {
  test('a name says where a replica is, in clear, and who made it', () => {
    const names = new PeerNames([one])
    const name = names.nameOf(peer)

    assert.match(name, /^headgate\/10\.0\.0\.7:8081\/Ab_-9\/[A-Za-z0-9_-]{16}$/)
    assert.deepEqual(names.peerOf(name), peer)
    assert.deepEqual(names.peerOf(names.nameOf({ ...peer, address: '[fe80::1]:80' }))?.address, '[fe80::1]:80')
  })

  test('a name made with a secret that verifies only is good, and with any other it is not', () => {
    const name = new PeerNames([two]).nameOf(peer)

    assert.deepEqual(new PeerNames([one, two]).peerOf(name), peer)
    assert.equal(new PeerNames([one]).peerOf(name), undefined)
  })

  test('another address or instance, and the names of other programs, are nobody', () => {
    const names = new PeerNames([one])
    const name = names.nameOf(peer)

    for (const other of [
      name.replace('8081', '8082'),
      name.replace('Ab_-9', 'Ab_-8'),
      name.slice(0, -1),
      `${name}A`,
      `x${name}`,
      'rdkafka',
      '',
      'headgate',
    ]) {
      assert.equal(names.peerOf(other), undefined, other)
    }
  })
})
