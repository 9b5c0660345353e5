"""What the site will consist of. Pure: ids, paths, fingerprints and references in, a plan out."""
