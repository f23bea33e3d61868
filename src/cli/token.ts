import { Command, Option } from 'commander';
import { readSettings, SettingsError } from '../settings.ts';
import { readSecret } from '../stack/home.ts';
import { type Role, roles, signToken } from './tokens.ts';

const program: Command = new Command('token')
  .description(
    'Prints a token for the API, signed with AUTH_SECRET or with the secret of the stack on AFTERSALES_HOME.',
  )
  .addOption(new Option('--role <role>', 'the part to play').choices(roles).makeOptionMandatory())
  .requiredOption('--sub <id>', 'who plays it, like m-1')
  .option('--expires-in <time>', 'how long it is good for, like 12h or 30m', '12h')
  .parse();
const { role, sub, expiresIn } = program.opts<{ role: Role; sub: string; expiresIn: string }>();

try {
  const { auth, home } = readSettings(process.env);
  if (auth !== undefined && 'jwksUrl' in auth) {
    program.error('Tokens are checked by AUTH_JWKS_URL here: get one from its issuer.');
  }
  const secret = auth?.secret ?? (await readSecret(home, 'auth-secret'));
  if (secret === undefined) {
    program.error(`There is no secret in ${home}: run \`npm start\` first, or give AUTH_SECRET.`);
  }
  console.log(await signToken({ role, sub }, secret, expiresIn));
} catch (error) {
  if (error instanceof SettingsError) program.error(error.message);
  throw error;
}
