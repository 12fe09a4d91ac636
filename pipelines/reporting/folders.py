"""Folders of results: nothing half-written under their name, however many write at a time and whenever one is killed."""
import contextlib
import errno
import fcntl
import os
import pathlib
import shutil
import tempfile

from .program import IO, USAGE, die

TRIES = 100


def _locked(folder):
    """A descriptor that holds the lock of a folder, None where another process has it or it is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), os.lstat(folder)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _clear(parent, prefix):
    """Removes what killed runs have left: folders of ours whose lock nobody holds."""
    for left in pathlib.Path(parent).glob(glob_escaped(prefix) + "*"):
        if not left.is_symlink() and left.is_dir() and left.stat().st_uid == os.geteuid():
            descriptor = _locked(left)
            if descriptor is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(descriptor)


def glob_escaped(name):
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


@contextlib.contextmanager
def temporary(parent, prefix):
    """A folder of this process alone in `parent`, removed at the end; those that killed runs have left there are removed as well."""
    _clear(parent, prefix)
    for _ in range(TRIES):
        folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        folder.chmod(0o777 & ~_umask())
        descriptor = _locked(folder)
        if descriptor is not None:
            break
    else:
        die(IO, f"{parent}: no folder could be created there")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _umask():
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def check_place(folder, known=None):
    """Refuses a place for results that is a file, a symbolic link, or a folder that others have written: one that has something, but
    not the file `known`."""
    if folder.is_symlink():
        die(USAGE, f"{folder} is a symbolic link: expected a folder to write into, or none")
    if folder.exists() and not folder.is_dir():
        die(USAGE, f"{folder} is a file: expected a folder to write into, or none")
    if known and folder.is_dir() and any(folder.iterdir()) and not (folder / known).is_file():
        die(USAGE, f"{folder} holds other files, which would be replaced: expected a new folder, or one with {known}")


def check_writable(folder):
    """Refuses, before anything is computed, a folder that cannot be written to or made where it is to be."""
    check_place(folder)
    there = folder if folder.exists() else folder.parent
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))


@contextlib.contextmanager
def written_beside(folder, known="index.html"):
    """A folder to write into, which takes the place of `folder` when all went well."""
    folder = pathlib.Path(folder)
    check_place(folder, known)
    with naming(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with temporary(folder.parent, f".{folder.name}.new.") as work:
            result = work / "result"
            result.mkdir()
            yield result
            _put(result, folder, work)


@contextlib.contextmanager
def naming(place):
    """Errors of writing that name no file name this place."""
    try:
        yield
    except OSError as error:
        if error.filename is None and not isinstance(error, BrokenPipeError):
            raise OSError(error.errno, error.strerror, str(place)) from error
        raise


def _put(result, folder, work):
    """Renames the result to `folder`. What was there goes into the folder `work`."""
    for i in range(TRIES):
        try:
            os.rename(result, folder)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        if _exchange(result, folder):
            return
        with contextlib.suppress(FileNotFoundError):
            os.rename(folder, work / f"old{i}")
    die(IO, f"{folder}: other runs keep writing there")


def _exchange(one, other):
    """Swaps two folders at once, so that there is one under the name at any time; False where the system cannot."""
    import ctypes
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    current_folder, exchange = -100, 2
    return renameat2(current_folder, os.fsencode(one), current_folder, os.fsencode(other), exchange) == 0


@contextlib.contextmanager
def reading(folder):
    """Holds the lock of a run's folder as one of several that read: whoever writes there holds it alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        die(IO, f"another run is writing to {folder}: wait for it")
    except OSError:
        pass  # a file system without locks
    try:
        yield
    finally:
        os.close(descriptor)
