"""Attachments and media: records of files, whose contents are uploaded and read beside the API."""
