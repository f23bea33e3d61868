import { useEffect, useRef, useState } from 'react';
import { answerOf, ask } from '../api/client.ts';

type Content = { url?: string; text?: string; error?: unknown };
/** A file's content; neither text, address nor error while it comes. */
type Reading = Content & { again: () => void };

/**
 * A file's content, read with the reader's token. It comes as a download: images and videos are shown out of memory, texts as text,
 * and nothing is ever opened as a document of this origin. EVI-3
 */
export function useContent(id: string, as: 'url' | 'text', wanted: boolean): Reading {
  const [content, setContent] = useState<Content>({});
  const start = useRef<() => Promise<void>>(undefined);
  useEffect(() => {
    if (!wanted) return undefined;
    const stopping = new AbortController();
    let url: string | undefined;
    start.current = async () => {
      try {
        const blob = await blobOf(id, stopping.signal);
        if (as === 'text') return setContent({ text: await blob.text() });
        if (stopping.signal.aborted) return undefined;
        url = URL.createObjectURL(blob);
        return setContent({ url });
      } catch (error) {
        return stopping.signal.aborted ? undefined : setContent({ error });
      }
    };
    void start.current();
    return () => {
      stopping.abort();
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [id, as, wanted]);
  return {
    ...content,
    again: () => {
      setContent({});
      void start.current?.();
    },
  };
}

async function blobOf(id: string, signal?: AbortSignal): Promise<Blob> {
  const response = await ask('GET', `/v1/evidence/${id}/content`, { unbounded: true, ...(signal ? { signal } : {}) });
  if (!response.ok) await answerOf(response);
  return response.blob();
}

/** Saves a file on the reader's machine. @throws as `ask` and `answerOf` */
export async function save(id: string, name: string): Promise<void> {
  const url = URL.createObjectURL(await blobOf(id));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
