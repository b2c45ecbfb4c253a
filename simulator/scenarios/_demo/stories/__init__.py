"""What has happened in the demo organisation, planned act by act."""
