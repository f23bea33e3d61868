import { Link } from 'wouter';
import { Icon } from '../design/icons.tsx';
import { Settings } from '../settings/Settings.tsx';
import { useCommon } from '../words/common.ts';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

export function Me() {
  const t = useConsumerWords();
  const common = useCommon();
  return (
    <Screen title={common('me')}>
      <Link href="/support" className="card">
        <span className="list-link">
          <Icon name="headset" />
          <span className="grow">
            {t('feedback')} · {t('contactService')}
          </span>
          <Icon name="next" size={18} />
        </span>
      </Link>
      <Settings />
    </Screen>
  );
}
