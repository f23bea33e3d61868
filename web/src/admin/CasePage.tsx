import { useDossier } from '../api/queries.ts';
import { shortId } from '../design/format.ts';
import { Loaded } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { CaseFile } from '../desk/Dossier.tsx';
import { useCommon } from '../words/common.ts';
import { AbandonCase } from './Abandonments.tsx';

/** A case to look at: what is done about it is others', but for ending one that can't go on. SEE-1 */
export function CasePage({ id }: { id: string }) {
  const common = useCommon();
  const query = useDossier(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back="/cases" />
      <Loaded query={query}>
        {(dossier) => (
          <CaseFile
            dossier={dossier}
            viewer="admin"
            actions={!dossier.case.final && <AbandonCase id={id} version={dossier.case.version} />}
          />
        )}
      </Loaded>
    </>
  );
}
