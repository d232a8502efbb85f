/**
 * Orders whose id is the time at which they were produced, in milliseconds with fractions: at a place of the message where it
 * is found without parsing.
 */
export const stampMarker = Buffer.from('"value":{"id":"')
export const stampLength = '1700000000000.000'.length

/** Milliseconds since 1970, which go on evenly and can be compared between processes. */
export const now = (): number => performance.timeOrigin + performance.now()

export function stampedOrder(at: number, items: number): object {
  return {
    id: at.toFixed(3),
    customer: 'customer-0000042',
    amount: 119.9,
    currency: 'EUR',
    items: Array.from({ length: items }, (_, index) => ({ sku: `SKU-000${index % 10}-GREEN`, qty: 2 })),
    note: null,
  }
}
