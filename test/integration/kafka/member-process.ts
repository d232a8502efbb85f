/** A member in a process of its own, to be killed: node member-process.ts GROUP TOPIC. Says what it owns, a line each time. */
import { setInterval } from 'node:timers'
import { openGroups, TestMember } from './test-member.ts'

const [group, topic] = process.argv.slice(2)
if (!group || !topic) throw new Error('give a group and a topic')
const untilKilled = { after: () => {} }
const { groups } = openGroups(untilKilled)
const one = await TestMember.join(untilKilled, { groups, group, topics: [topic], clientId: 'headgate/child' })
setInterval(() => process.stdout.write(`${JSON.stringify(one.partitions)}\n`), 50)
