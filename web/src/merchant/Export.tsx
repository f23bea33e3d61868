import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { ApiProblem, Unreachable } from '../api/client.ts';
import { Note } from '../design/pieces.tsx';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { type Format, readAll, save, useColumns } from './exporting.ts';
import { useMerchantWords } from './words.ts';

type Filter = { status?: string | undefined; q?: string | undefined };

/** Saves all cases of a filter as a file, and says how far it has come. */
export function useExport(asked: Filter) {
  const t = useMerchantWords();
  const common = useCommon();
  const text = useProblemText();
  const columns = useColumns();
  const [read, setRead] = useState<number>();
  const [fault, setFault] = useState<string>();
  const stopping = useRef(new AbortController());

  async function start(format: Format): Promise<void> {
    stopping.current = new AbortController();
    const { signal } = stopping.current;
    setFault(undefined);
    setRead(0);
    try {
      const cases = await readAll(asked, setRead, signal);
      await save(format, columns, cases, t('workbench'));
    } catch (error) {
      if (!signal.aborted) {
        if (!(error instanceof ApiProblem) && !(error instanceof Unreachable)) console.error(error);
        setFault(text(error));
      }
    }
    setRead(undefined);
  }

  return {
    buttons: (['csv', 'xlsx'] as const).map((format) => (
      <Button key={format} variant="default" disabled={read !== undefined} onClick={() => void start(format)}>
        {t(format)}
      </Button>
    )),
    state: (
      <>
        {read !== undefined && (
          <Note>
            <div className="row apart">
              <span role="status">{t('exporting', { count: read })}</span>
              <Button size="compact-md" variant="default" onClick={() => stopping.current.abort()}>
                {common('cancel')}
              </Button>
            </div>
          </Note>
        )}
        {fault !== undefined && (
          <Note tone="bad" title={t('exportFailed')}>
            {fault}
          </Note>
        )}
      </>
    ),
  };
}
