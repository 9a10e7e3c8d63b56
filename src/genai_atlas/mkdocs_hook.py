"""What mkdocs.yml names under `hooks`: hands each of MkDocs' events to site.Hook. Layer 13."""

from genai_atlas.site import Hook

hook = Hook()
on_startup = hook.on_startup
on_config = hook.on_config
on_files = hook.on_files
on_page_content = hook.on_page_content
on_serve = hook.on_serve
on_post_build = hook.on_post_build
on_build_error = hook.on_build_error
