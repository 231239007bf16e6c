"""An authority of the installation's own: it vouches for its servers among themselves and to its callers.

No public authority signs names such as `postgres`. The authority lives ten years, certificates for 397 days;
they are made anew a month before they end, or when their names change.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIVES = timedelta(days=3650)
CERTIFICATE_LIVES = timedelta(days=397)
RENEWED_BEFORE_END = timedelta(days=30)
CLOCKS_DIFFER = timedelta(hours=1)
"""A certificate is valid from so long before it was made, for machines whose clocks are behind."""

_SIGNING = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


def make_authority(name: str, *, now: datetime) -> Certificate:
    """Return a new authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        _builder(subject, subject, key, now, AUTHORITY_LIVES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNING, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return _written(made, key)


def issue(authority: Certificate, names: Sequence[str], *, now: datetime) -> Certificate:
    """Return a server's certificate for `names`, host names and IP addresses, the first its common name."""
    signer = x509.load_pem_x509_certificate(authority.certificate)
    signing_key = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(signing_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
    made = (
        _builder(subject, signer.subject, key, now, CERTIFICATE_LIVES)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(signing_key, hashes.SHA256())
    )
    return _written(made, key)


def still_good(authority: bytes, certificate: bytes, names: Sequence[str], *, now: datetime) -> bool:
    """Tell whether a certificate is of this authority, for exactly these names, and not about to end."""
    made = x509.load_pem_x509_certificate(certificate)
    try:
        made.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except Exception:  # whatever is wrong with it, a new one is right
        return False
    known = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    same = {*known} == {_general(name) for name in names}
    return same and made.not_valid_after_utc - now > RENEWED_BEFORE_END


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + lives)
    )


def _written(made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certificate:
    return Certificate(
        made.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
