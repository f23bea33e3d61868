/** A figure with its name; among others in a list `tiles`. */
export const Tile = ({ name, value, hint }: { name: string; value: string | number; hint?: string | undefined }) => (
  <div className="tile">
    <dt>{name}</dt>
    <dd>
      <span className="amount big">{value}</span>
      {hint !== undefined && <span className="tiny soft">{hint}</span>}
    </dd>
  </div>
);
