import { useState } from 'react';

/** A filter that somebody wants to come back to: what the address says of it. */
type View = { name: string; search: string };

const place = 'aftersales.merchant.views';

function kept(): View[] {
  try {
    return JSON.parse(localStorage.getItem(place) ?? '[]') as View[];
  } catch {
    return [];
  }
}

/** Views kept in this browser. */
export function useSavedViews() {
  const [all, setAll] = useState(kept);
  const keep = (views: View[]) => {
    localStorage.setItem(place, JSON.stringify(views));
    setAll(views);
  };
  return {
    all,
    add: (view: View) => keep([...all.filter(({ name }) => name !== view.name), view]),
    remove: (name: string) => keep(all.filter((one) => one.name !== name)),
  };
}
