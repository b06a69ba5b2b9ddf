"""Makes provenance/testdata: small pictures that c2pa-python has signed, which our
reader must take, and the root certificate that vouches for them:

    VENV/bin/pip install c2pa-python==0.38.1 cryptography pillow
    VENV/bin/python bench/make_c2pa_golden.py provenance/testdata

Keys are made anew and thrown away, so that the files differ from run to run.
"""

import datetime
import io
import json
import pathlib
import sys

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier
from PIL import Image

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
END = datetime.datetime(2099, 1, 1, tzinfo=datetime.timezone.utc)
CLAIM_SIGNING = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
EMAIL = ObjectIdentifier("1.3.6.1.5.5.7.3.4")
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
FILES = [("es256.png", "es256", 2), ("ps256.jpg", "ps256", 2), ("ed25519.png", "ed25519", 2), ("es384.jpg", "es384", 2), ("claim1.png", "es256", 1)]


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Golden"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def usage(**given: bool) -> x509.KeyUsage:
    fields = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"]
    fields += ["key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]
    return x509.KeyUsage(**{f: given.get(f, False) for f in fields})


def builder(subject: str, key) -> x509.CertificateBuilder:
    b = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("Root")).public_key(key)
    return b.serial_number(x509.random_serial_number()).not_valid_before(START).not_valid_after(END)


def make_root():
    key = ec.generate_private_key(ec.SECP256R1())
    b = builder("Root", key.public_key()).add_extension(x509.BasicConstraints(True, None), True)
    b = b.add_extension(usage(key_cert_sign=True, crl_sign=True), True)
    return key, b.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(key, hashes.SHA256())


def make_signer(algorithm: str, root_key):
    makers = {
        "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ps256": lambda: rsa.generate_private_key(65537, 2048),
    }
    key = makers[algorithm]()
    b = builder(algorithm, key.public_key()).add_extension(x509.BasicConstraints(False, None), True)
    b = b.add_extension(usage(digital_signature=True), True).add_extension(x509.ExtendedKeyUsage([EMAIL, CLAIM_SIGNING]), False)
    b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
    return key, b.sign(root_key, hashes.SHA256())


def picture(form: str) -> io.BytesIO:
    image = Image.new("RGB", (48, 32))
    image.putdata([(5 * x, 8 * y, 3 * (x + y)) for y in range(32) for x in range(48)])
    out = io.BytesIO()
    image.save(out, form)
    out.seek(0)
    return out


def main(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    root_key, root = make_root()
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    settings = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_trust": False}}
    for file, algorithm, version in FILES:
        key, certificate = make_signer(algorithm, root_key)
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm.encode(), certificate.public_bytes(pem), private, None))
        form, media = ("PNG", "image/png") if file.endswith(".png") else ("JPEG", "image/jpeg")
        action = {"action": "c2pa.created", "digitalSourceType": SOURCE, "when": "2026-02-03T04:05:06Z"}
        rights = {"@context": {"dc": "http://purl.org/dc/elements/1.1/"}, "dc:rights": "© Golden"}
        manifest = {
            "claim_version": version,
            "claim_generator_info": [{"name": "golden", "version": "1"}],
            "title": "Golden picture",
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [action]}},
                {"label": "cawg.metadata", "kind": "Json", "data": rights},
            ],
        }
        context = c2pa.Context.from_dict(settings)
        with (folder / file).open("w+b") as out:
            c2pa.Builder(json.dumps(manifest), context=context).sign(signer, media, picture(form), out)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
