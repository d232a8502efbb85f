import { follow } from './follow.js'

const rows = 12
const dots = 400
const states = { live: 'Live', reconnecting: 'Reconnecting', closed: 'Closed' }
const times = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

const part = (id) => document.getElementById(id)
const element = (name, members) => Object.assign(document.createElement(name), members)
let received = 0

/** Which gateway, and which topic: said by who serves this page. */
const { gateway, topic } = await (await fetch('config.json')).json()

part('access').addEventListener('submit', async (event) => {
  event.preventDefault()
  const token = part('token').value.trim()
  part('access').reset()
  part('access').hidden = true
  await follow({ gateway, topics: topic, from: '-20', token, onMessage, onState })
  part('access').hidden = false
})

function onState(state, why) {
  part('status').dataset.state = state
  part('status').textContent = why ? `${states[state]}: ${why}` : states[state]
}

function onMessage(kind, content) {
  if (kind === 'message') return showEarthquake(content.value)
  if (kind === 'tombstone') return showNotice(`${content.key} was taken back.`)
  if (kind === 'gap')
    return showNotice(`Offsets ${content.from} to ${content.to} of partition ${content.partition} are gone.`)
  if (kind === 'undecodable') showNotice(`Offset ${content.offset} of partition ${content.partition} cannot be read.`)
}

function showEarthquake({ id, properties: { mag, place, time }, geometry }) {
  received += 1
  part('count').value = received
  const strength = mag >= 5 ? 'strong' : mag >= 3 ? 'medium' : 'weak'
  const row = element('li', { title: id })
  row.append(
    element('b', { className: strength, textContent: mag?.toFixed(1).replace('-', '−') ?? '?' }),
    element('span', { textContent: place }),
    element('time', { dateTime: time, textContent: times.format(new Date(time)) }),
  )
  part('list').prepend(row)
  if (part('list').childElementCount > rows) part('list').lastElementChild.remove()
  const [longitude, latitude] = geometry.coordinates
  const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle')
  const places = { cx: longitude, cy: -latitude, r: 0.8 + Math.max(0, mag ?? 0) * 0.6, class: strength }
  for (const [name, value] of Object.entries(places)) dot.setAttribute(name, value)
  part('dots').append(dot)
  if (part('dots').childElementCount > dots) part('dots').firstElementChild.remove()
}

function showNotice(text) {
  part('notice').textContent = text
}
