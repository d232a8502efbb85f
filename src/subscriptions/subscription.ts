import { z } from 'zod'

/** A subscription as its topic has it. */
export const subscriptionSchema = z.object({
  name: z.string(),
  topics: z.array(z.string()).min(1),
  from: z.string(),
  leaseSeconds: z.int().min(1),
  maxDeliveries: z.int().min(1),
  deadLetterTopic: z.string().nullable(),
  filter: z.string().nullable(),
  orderedByKey: z.boolean(),
  /** Milliseconds since the epoch. */
  createdAt: z.int().min(0),
  createdBy: z.string(),
  /** Where each topic of its group began when it was added: the offsets of its partitions, by topic. */
  starts: z.record(z.string(), z.array(z.int().min(0))),
})

export type Subscription = Readonly<z.infer<typeof subscriptionSchema>>

/** What of it a caller chooses. */
export type SubscriptionSettings = Omit<Subscription, 'name' | 'createdAt' | 'createdBy' | 'starts'>

export const groupOf = (name: string): string => `headgate.${name}`

/** What was redriven of its dead letters: read by its group, and nobody else. */
export const redrivenTopicOf = (name: string): string => `_headgate.redriven.${name}`

/** All that its group reads. */
export const groupTopicsOf = ({ name, topics, deadLetterTopic }: Subscription): string[] =>
  deadLetterTopic === null ? [...topics] : [...topics, redrivenTopicOf(name)]

/** Where its group begins in a partition in which it has committed nothing. */
export const startOf = ({ starts }: Subscription, topic: string, partition: number): number =>
  (Object.hasOwn(starts, topic) ? starts[topic]?.[partition] : undefined) ?? 0
