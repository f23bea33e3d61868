import { type RefObject, useEffect, useRef, useState } from 'react';

/** Whether something has been scrolled into view, or nearly. */
export function useSeen<Shown extends Element>(): [RefObject<Shown | null>, boolean] {
  const shown = useRef<Shown>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = shown.current;
    if (seen || !element) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: '100px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);
  return [shown, seen];
}
