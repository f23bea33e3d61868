/** An amount in the currency's minor units (分, cents); always a safe integer. */
export type Money = { amount: number; currency: string };

/**
 * How the paid price of a line spreads over its units (REF-1): every unit costs `base` minor units and the first
 * `dearerUnits` of them one unit more, so that the units together are exactly the line's paid price.
 */
export type UnitPrices = { quantity: number; base: number; dearerUnits: number };

/** Spreads a line's paid price (minor units, discount already taken off) over its quantity, to the last cent. REF-1 */
export function spreadOverUnits(paidPrice: number, quantity: number): UnitPrices {
  const base = Math.floor(paidPrice / quantity);
  return { quantity, base, dearerUnits: paidPrice - base * quantity };
}

/** Some units of a line: how many, and how many of them are among the dearer ones. */
export type Units = { quantity: number; dearerUnits: number };

/** What those units cost together, in minor units. REF-1 */
export function priceOfUnits(prices: UnitPrices, units: Units): number {
  return prices.base * units.quantity + units.dearerUnits;
}

/** A share of an amount in basis points, rounded half up; exact for every safe integer. */
export function basisPointsHalfUp(amount: number, basisPoints: number): number {
  return Number((BigInt(amount) * BigInt(basisPoints) + 5_000n) / 10_000n);
}
