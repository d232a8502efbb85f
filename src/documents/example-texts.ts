// By a word in the name of the field, the first that is there.
const texts: readonly (readonly [word: RegExp, text: string])[] = [
  [/e_?mail/i, 'ada@example.org'],
  [/uuid|guid/i, '123e4567-e89b-12d3-a456-426614174000'],
  [/ur[il]$|link|website/i, 'https://example.org/'],
  [/phone|mobile|^fax/i, '+49 30 1234567'],
  [/currency/i, 'EUR'],
  [/country/i, 'DE'],
  [/lang(uage)?$|locale/i, 'en'],
  [/city|town/i, 'Berlin'],
  [/street/i, 'Hauptstraße 1'],
  [/zip|post(al)?_?code/i, '10115'],
  [/first_?name|given_?name/i, 'Ada'],
  [/last_?name|sur_?name|family_?name/i, 'Lovelace'],
  [/name$|^customer$|^user$/i, 'Ada Lovelace'],
  [/ip(_?address)?$/i, '192.0.2.1'],
  [/sku|article/i, 'A-1'],
  [/_at$|At$|date|time(stamp)?$/i, '2026-03-01T09:30:00Z'],
  [/id$|number$|^key$|code$/i, '1001'],
  [/status|state$/i, 'open'],
]

/** What might stand in a field of this name. */
export function exampleText(name: string): string {
  const found = texts.find(([word]) => word.test(name))
  return found ? found[1] : name
}
