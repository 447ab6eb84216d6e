//! Tables per kind and the law that incremental equals rebuild.
