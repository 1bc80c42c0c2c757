def draft_mapping(paths: object) -> str:
    raise NotImplementedError
