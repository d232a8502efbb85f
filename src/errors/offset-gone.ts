/** The position of a read lies outside of what its partition holds, by retention or because the topic was recreated. */
export class OffsetGone extends Error {
  override readonly name = 'OffsetGone'
  readonly partition: number
  readonly asked: number
  /** The first offset that can be read. */
  readonly first: number

  constructor(partition: number, asked: number, first: number) {
    super(`partition ${partition} has nothing at offset ${asked}; its first offset is ${first}`)
    this.partition = partition
    this.asked = asked
    this.first = first
  }
}
