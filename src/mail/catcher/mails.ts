import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import PostalMime from 'postal-mime';

/** A mail that was caught; `to` are those it was really handed over for. */
export type Mail = {
  id: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  messageId: string;
  receivedAt: string;
};

/** How many are kept; older ones go. */
const kept = 1_000;

/** The mails that were caught: in memory, and one line of JSON each in a file, so that they are there after a restart. */
export class Mails {
  private readonly file: string;
  private mails: Mail[];
  private lines: number;
  private writing: Promise<void> = Promise.resolve();

  private constructor(file: string, mails: Mail[], lines: number) {
    this.file = file;
    this.mails = mails;
    this.lines = lines;
  }

  static async open(file: string): Promise<Mails> {
    await mkdir(dirname(file), { recursive: true });
    const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const mails = content.split('\n').flatMap(mailIn).slice(-kept);
    const opened = new Mails(file, mails, 0);
    await opened.rewrite();
    return opened;
  }

  /** Takes a mail in; it is in the file when this is done. */
  async add(raw: Buffer, envelope: { from: string; to: string[] }): Promise<void> {
    const { subject = '', text = '', html = '', messageId = '' } = await PostalMime.parse(raw);
    const mail = {
      id: randomUUID(),
      ...envelope,
      subject,
      text,
      html,
      messageId,
      receivedAt: new Date().toISOString(),
    };
    this.writing = this.writing.catch(() => undefined).then(() => this.write(mail));
    await this.writing;
  }

  /** Newest first; those to one address only, where one is given. */
  list(to?: string): Mail[] {
    const wanted = to?.toLowerCase();
    return this.mails
      .filter((mail) => wanted === undefined || mail.to.some((address) => address.toLowerCase() === wanted))
      .toReversed();
  }

  find(id: string): Mail | undefined {
    return this.mails.find((mail) => mail.id === id);
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.writing.catch(() => undefined);
  }

  private async write(mail: Mail): Promise<void> {
    await appendFile(this.file, lineOf(mail));
    this.mails = [...this.mails, mail].slice(-kept);
    this.lines += 1;
    if (this.lines >= 2 * kept) await this.rewrite();
  }

  /** Leaves in the file what is kept. */
  private async rewrite(): Promise<void> {
    const draft = `${this.file}.new`;
    await writeFile(draft, this.mails.map(lineOf).join(''));
    await rename(draft, this.file);
    this.lines = this.mails.length;
  }
}

const lineOf = (mail: Mail) => `${JSON.stringify(mail)}\n`;

/** A line that a crash has torn is no mail. */
function mailIn(line: string): Mail[] {
  try {
    return [JSON.parse(line) as Mail];
  } catch {
    return [];
  }
}
