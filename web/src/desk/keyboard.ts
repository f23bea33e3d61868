import { useEffect, useRef } from 'react';

/** What is typed into, or acts by itself on Enter and Space. */
const fields = 'input:not([type=checkbox]), textarea, select';
const acting = 'a[href], button, summary, input, video, audio, [role=button]';

/**
 * Keys that do something while nobody types into a field. What has the focus comes first: Enter and Space do there what they do by
 * themselves, and while a dialog is open every key is the dialog's.
 */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    // Asked as the key comes in: by the time it gets here, the dialog that it has closed is gone.
    let inDialog = false;
    const onWayIn = () => {
      inDialog = document.querySelector('dialog[open], [role=dialog]') !== null;
    };
    const onKey = (event: KeyboardEvent) => {
      // While a word is being composed, keys belong to the input method.
      if (inDialog || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const among = (selector: string) => event.target instanceof Element && event.target.closest(selector) !== null;
      if (event.key !== 'Escape' && among(fields)) return;
      if ((event.key === 'Enter' || event.key === ' ') && among(acting)) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onWayIn, { capture: true });
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onWayIn, { capture: true });
      window.removeEventListener('keydown', onKey);
    };
  }, []);
}
