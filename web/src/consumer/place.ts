import { useEffect } from 'react';
import { useLocation } from 'wouter';

/** How far down each page its reader was. */
const places = new Map<string, number>();

/** What an entry of the browser's history says: that its page was seen, or that it is the way back to one. */
type Entry = { seen?: true; back?: true } | null;

/** A page begins at its top on the way in, and where its reader left it on the way back. */
export function usePlace(): void {
  const [path] = useLocation();
  useEffect(() => {
    const entry = history.state as Entry;
    // of a page that was seen before a reload the browser knows the place
    const known = entry?.seen || entry?.back ? places.get(path) : undefined;
    if (known !== undefined || !entry?.seen) window.scrollTo(0, known ?? 0);
    history.replaceState({ ...entry, seen: true } satisfies Entry, '');
    const note = () => void places.set(path, window.scrollY);
    window.addEventListener('scroll', note, { passive: true });
    return () => window.removeEventListener('scroll', note);
  }, [path]);
}
