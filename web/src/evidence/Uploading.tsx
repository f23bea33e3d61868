import { useState } from 'react';
import { useCommon } from '../words/common.ts';

/** How many files of a form are still on their way: what is sent before they are there would leave them out. */
export function useUploading() {
  const [count, setCount] = useState(0);
  return { uploading: count > 0, onBusy: (more: number) => setCount((before) => before + more) };
}

/** Says, also to who hears the page, why nothing can be sent yet. */
export function Uploading({ uploading }: { uploading: boolean }) {
  const t = useCommon();
  return (
    <div role="status" className="announced">
      {uploading && <p className="small soft">{t('uploadingFirst')}</p>}
    </div>
  );
}
