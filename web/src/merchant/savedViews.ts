import { useState } from 'react';
import { useSession } from '../session/session.ts';

/** A filter that somebody wants to come back to: what the address says of it. */
type View = { name: string; search: string };

function keptAt(place: string): View[] {
  try {
    return JSON.parse(localStorage.getItem(place) ?? '[]') as View[];
  } catch {
    return [];
  }
}

/** Views that whoever is signed in has kept in this browser. */
export function useSavedViews() {
  const { session } = useSession();
  const place = `aftersales.views.${session?.role}/${session?.sub}`;
  const [all, setAll] = useState(() => keptAt(place));
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
