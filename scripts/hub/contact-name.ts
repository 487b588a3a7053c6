/** As people named the contact, else as WeChat tells it; a dash where it is gone. */
export function contactName(contact: { alias: string | null; userId: string } | undefined): string {
  return contact ? (contact.alias ?? contact.userId) : "–";
}
