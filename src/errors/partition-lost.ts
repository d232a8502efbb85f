/** The partition is not this replica's any more: whoever has it now was not told of what failed with this. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost'
  readonly topic: string
  readonly partition: number

  constructor(topic: string, partition: number) {
    super(`partition ${partition} of ${topic} has another owner, or none`)
    this.topic = topic
    this.partition = partition
  }
}
