// A page of another origin that uses a key of the vault by consent: it seals a postcard, keeps what came back, and has it opened again.
import { type ConnectedKms, connectKms } from 'keyhaven/host';
import { attack } from './attack.ts';

const KeyId = 'alias/postcards';
const EncryptionContext = { app: 'postcards' };
const mark = 'postcard';

const vault = document.querySelector<HTMLMetaElement>('meta[name=vault]')?.content ?? '';
const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const outcome = element('outcome');
const text = element<HTMLTextAreaElement>('text');

element('here').textContent = location.origin;
element('there').textContent = vault;
const frame = document.createElement('iframe');
frame.src = `${vault}/`;
frame.title = 'The vault';
element('frame').append(frame);

let connection: Promise<ConnectedKms> | undefined;
const connected = (): Promise<ConnectedKms> => {
  connection ??= connectKms(frame, {
    origin: vault,
    onPrompt(isOpen) {
      element('frame').classList.toggle('asked', isOpen);
      if (isOpen) tell('The vault asks you: press the button in its frame, and answer in the window of the vault.');
    },
  }).catch((error: unknown) => {
    connection = undefined;
    throw error;
  });
  return connection;
};

function tell(message: string): void {
  outcome.hidden = false;
  outcome.textContent = message;
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));

function show(): void {
  const kept = localStorage.getItem(mark);
  element('sealed').hidden = kept === null;
  element('blob').textContent = kept;
}

async function attempt(button: HTMLButtonElement, work: () => Promise<string>): Promise<void> {
  button.disabled = true;
  try {
    tell(await work());
  } catch (error) {
    const { name, message } = error as Error;
    tell(`${name}: ${message}`);
  }
  button.disabled = false;
}

element('write').addEventListener('submit', (event) => {
  event.preventDefault();
  const button = (event as SubmitEvent).submitter as HTMLButtonElement;
  void attempt(button, async () => {
    const kms = await connected();
    const Plaintext = new TextEncoder().encode(text.value);
    const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionContext });
    localStorage.setItem(mark, toHex(CiphertextBlob));
    text.value = '';
    show();
    return 'Sealed. The key did not leave the vault.';
  });
});
element('open').addEventListener('click', ({ currentTarget }) => {
  void attempt(currentTarget as HTMLButtonElement, async () => {
    const kms = await connected();
    const CiphertextBlob = fromHex(localStorage.getItem(mark) ?? '');
    const { Plaintext } = await kms.decrypt({ CiphertextBlob, EncryptionContext });
    return `It says: ${new TextDecoder().decode(Plaintext)}`;
  });
});
element('attack').addEventListener('click', ({ currentTarget }) => {
  void attempt(currentTarget as HTMLButtonElement, async () => {
    const rows = (await attack(await connected(), frame, KeyId)).flatMap(({ call, result }) => {
      const [dt, dd, code] = [
        document.createElement('dt'),
        document.createElement('dd'),
        document.createElement('code'),
      ];
      code.textContent = call;
      dt.append(code);
      dd.textContent = result;
      return [dt, dd];
    });
    element('attempts').replaceChildren(...rows);
    return 'Every attempt is in the list of the vault: see "Who used what" in its frame.';
  });
});
show();
