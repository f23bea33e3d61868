import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useEvidence } from '../api/queries.ts';
import type { Evidence } from '../api/types.ts';
import { bytesText } from '../design/format.ts';
import { Icon } from '../design/icons.tsx';
import { When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { save, useContent } from './content.ts';

const isImage = (type: string) => type.startsWith('image/');
const isVideo = (type: string) => type.startsWith('video/');

/** Files by what is known of them; each opens in a viewer. */
export function Gallery({ files }: { files: Evidence[] }) {
  const [open, setOpen] = useState<Evidence>();
  return (
    <>
      <ul className="files">
        {files.map((file) => (
          <li key={file.id}>
            <Tile file={file} onOpen={() => setOpen(file)} />
          </li>
        ))}
      </ul>
      {open && <Viewer file={open} onClose={() => setOpen(undefined)} />}
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
  const { url } = useContent(file.id, 'url', isImage(file.type) && file.erasedAt === undefined);
  return (
    <button type="button" className="file" onClick={onOpen} aria-label={t('open', { name: file.name })}>
      {url !== undefined ? (
        <img src={url} alt="" />
      ) : (
        <span className="caption">
          <Icon name="file" />
          <br />
          {file.name}
        </span>
      )}
    </button>
  );
}

function Viewer({ file, onClose }: { file: Evidence; onClose: () => void }) {
  const t = useCommon();
  const named = useCodes();
  const [zoomed, setZoomed] = useState(false);
  const there = file.erasedAt === undefined;
  const asText = file.type === 'text/plain';
  const shown = isImage(file.type) || isVideo(file.type) || asText;
  const { url, text } = useContent(file.id, asText ? 'text' : 'url', there && shown);
  return (
    <Modal
      opened
      onClose={onClose}
      title={file.name}
      size="xl"
      lockScroll={false}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <div className="stack">
        {!there && <p>{t('fileErased')}</p>}
        {there && shown && (
          <div className={zoomed ? 'viewer zoomed' : 'viewer'} tabIndex={0} role="group" aria-label={file.name}>
            {url !== undefined && isImage(file.type) && (
              <button type="button" className="linkish" onClick={() => setZoomed(!zoomed)}>
                <img src={url} alt={file.name} />
              </button>
            )}
            {url !== undefined && isVideo(file.type) && <video src={url} controls />}
            {text !== undefined && <pre>{text}</pre>}
          </div>
        )}
        <div className="row apart">
          <p className="soft small">
            {named('evidenceKind', file.kind)} · {named('role', file.uploadedBy.role)} · <When at={file.createdAt} /> ·{' '}
            {bytesText(file.size)}
          </p>
          {there && (
            <Button variant="default" onClick={() => void save(file.id, file.name)}>
              {t('download')}
            </Button>
          )}
        </div>
        <p className="tiny soft mono">sha-256 {file.sha256}</p>
      </div>
    </Modal>
  );
}
