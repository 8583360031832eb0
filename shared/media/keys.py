"""What a file is called in the store."""


def media_key(clinic_id: int, sha256: bytes) -> str:
    """Named by its content, within its clinic: what two clinics have alike is stored twice, and seen by nobody else."""
    name = sha256.hex()
    return f"{clinic_id}/{name[:2]}/{name}"
