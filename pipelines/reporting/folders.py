"""Folders of results: nothing half-written under their name."""
import contextlib
import pathlib
import shutil


@contextlib.contextmanager
def written_beside(folder):
    """A folder to write into, which takes the place of `folder` when all went well."""
    folder = pathlib.Path(folder)
    work = folder.with_name(folder.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    yield work
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)
