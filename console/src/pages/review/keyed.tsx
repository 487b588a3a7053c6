/** A button's name with the key that does the same, where there are keys. */
export function Keyed({ name, by }: { name: string; by: string }) {
  return (
    <>
      {name}
      <span className="key-hint">({by})</span>
    </>
  );
}
