import { Button, Loader, Modal } from '@mantine/core';
import { useState } from 'react';
import { useEvidence } from '../api/queries.ts';
import type { Evidence } from '../api/types.ts';
import { bytesText } from '../design/format.ts';
import { Icon } from '../design/icons.tsx';
import { Failed, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { save, useContent } from './content.ts';
import { useSeen } from './seen.ts';

const isImage = (type: string) => type.startsWith('image/');
/** Larger pictures are read once somebody opens them, bytes: a page of evidence is looked at on a phone, too. */
const mostUnasked = 1_000_000;
const isVideo = (type: string) => type.startsWith('video/');

/** Files by what is known of them; each opens in a viewer, which leads on to the others `among` which they are. */
export function Gallery({ files, among = files }: { files: Evidence[]; among?: Evidence[] }) {
  const [open, setOpen] = useState<number>();
  const shown = open === undefined ? undefined : among[open];
  const step = (by: number) => setOpen((at = 0) => (at + by + among.length) % among.length);
  return (
    <>
      <ul className="files">
        {files.map((file) => (
          <li key={file.id}>
            <Tile file={file} onOpen={() => setOpen(among.findIndex(({ id }) => id === file.id))} />
          </li>
        ))}
      </ul>
      {shown && (
        <Viewer
          key={shown.id}
          file={shown}
          onClose={() => setOpen(undefined)}
          {...(among.length > 1 ? { place: `${(open ?? 0) + 1} / ${among.length}`, onStep: step } : {})}
        />
      )}
    </>
  );
}

/** Files of which only the ids are known. */
export const GalleryOf = ({ ids }: { ids: string[] }) =>
  ids.length === 0 ? null : (
    <ul className="files">
      {ids.map((id) => (
        <li key={id}>
          <One id={id} />
        </li>
      ))}
    </ul>
  );

function One({ id }: { id: string }) {
  const { data } = useEvidence(id);
  const [open, setOpen] = useState(false);
  if (!data) return <span className="file">…</span>;
  return (
    <>
      <Tile file={data} onOpen={() => setOpen(true)} />
      {open && <Viewer file={data} onClose={() => setOpen(false)} />}
    </>
  );
}

function Tile({ file, onOpen }: { file: Evidence; onOpen: () => void }) {
  const t = useCommon();
  const [tile, seen] = useSeen<HTMLButtonElement>();
  const isLarge = isImage(file.type) && file.size > mostUnasked;
  const caption = isLarge ? `${file.name} · ${bytesText(file.size)}` : file.name;
  const { url } = useContent(file.id, 'url', seen && isImage(file.type) && !isLarge && file.erasedAt === undefined);
  const [undrawable, setUndrawable] = useState(false);
  return (
    <button ref={tile} type="button" className="file" onClick={onOpen} aria-label={t('open', { name: caption })}>
      {url !== undefined && !undrawable ? (
        <img src={url} alt="" onError={() => setUndrawable(true)} />
      ) : (
        <span className="caption">
          <Icon name="file" />
          <br />
          {caption}
        </span>
      )}
    </button>
  );
}

/** How much larger an image can be looked at. */
const zooms = [1, 2, 4] as const;

function Viewer({
  file,
  onClose,
  place,
  onStep,
}: {
  file: Evidence;
  onClose: () => void;
  /** Which of several it is. */
  place?: string;
  /** To the next one, or the one before. */
  onStep?: (by: 1 | -1) => void;
}) {
  const t = useCommon();
  const named = useCodes();
  const problem = useProblemText();
  const [fault, setFault] = useState<unknown>();
  const [zoom, setZoom] = useState(0);
  const larger = (by: 1 | -1) => setZoom((at) => Math.min(Math.max(at + by, 0), zooms.length - 1));
  const there = file.erasedAt === undefined;
  const asText = file.type === 'text/plain';
  const shown = isImage(file.type) || isVideo(file.type) || asText;
  const { url, text, error, again } = useContent(file.id, asText ? 'text' : 'url', there && shown);
  // A browser knows not every kind of picture and film that is taken.
  const [undrawable, setUndrawable] = useState(!shown);
  return (
    <Modal
      opened
      onClose={onClose}
      title={place === undefined ? file.name : `${file.name} (${place})`}
      onKeyDown={({ key, target }) => {
        if (target instanceof HTMLVideoElement) return;
        if (key === 'ArrowRight') onStep?.(1);
        else if (key === 'ArrowLeft') onStep?.(-1);
        else if (key === '+' || key === '=') larger(1);
        else if (key === '-') larger(-1);
      }}
      size="xl"
      lockScroll={false}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <div className="stack">
        {!there && <p>{t('fileErased')}</p>}
        {there && undrawable && <p role="status">{t('notDrawable')}</p>}
        {error !== undefined && <Failed error={error} refetch={again} />}
        {there && shown && url === undefined && text === undefined && error === undefined && (
          <div role="status" aria-label={t('loading')}>
            <Loader />
          </div>
        )}
        {(url !== undefined || text !== undefined) && !undrawable && (
          <div className={`viewer zoom-${zooms[zoom]}`} tabIndex={0} role="group" aria-label={file.name}>
            {url !== undefined && isImage(file.type) && (
              <img src={url} alt={file.name} onError={() => setUndrawable(true)} />
            )}
            {url !== undefined && isVideo(file.type) && (
              <video src={url} controls onError={() => setUndrawable(true)} />
            )}
            {text !== undefined && <pre>{text}</pre>}
          </div>
        )}
        <div className="row">
          {onStep && (
            <>
              <Button size="compact-md" variant="default" onClick={() => onStep(-1)}>
                {t('previous')}
              </Button>
              <Button size="compact-md" variant="default" onClick={() => onStep(1)}>
                {t('next')}
              </Button>
            </>
          )}
          {there && isImage(file.type) && (
            <>
              <Button size="compact-md" variant="default" disabled={zoom === 0} onClick={() => larger(-1)}>
                {t('zoomOut')}
              </Button>
              <Button
                size="compact-md"
                variant="default"
                disabled={zoom === zooms.length - 1}
                onClick={() => larger(1)}
              >
                {t('zoomIn')}
              </Button>
            </>
          )}
        </div>
        <div className="row apart">
          <p className="soft small">
            {named('evidenceKind', file.kind)} · {named('role', file.uploadedBy.role)} · <When at={file.createdAt} /> ·{' '}
            {bytesText(file.size)}
          </p>
          {there && (
            <Button
              variant="default"
              onClick={() => {
                setFault(undefined);
                save(file.id, file.name).catch(setFault);
              }}
            >
              {t('download')}
            </Button>
          )}
        </div>
        {fault !== undefined && (
          <p className="fault" role="alert">
            {problem(fault)}
          </p>
        )}
        <p className="tiny soft mono">sha-256 {file.sha256}</p>
      </div>
    </Modal>
  );
}
