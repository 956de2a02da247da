# nginx's configure reads this file last: how the source is made that holds the
# files of web/ (see tools/embed).

inv_web_files="$ngx_addon_dir/web/index.html $ngx_addon_dir/web/page.css \
               $ngx_addon_dir/web/page.js $ngx_addon_dir/web/icon.svg \
               $ngx_addon_dir/web/openapi.json"

cat << END                                                    >> $NGX_MAKEFILE

$NGX_OBJS/addon/web/inv_web.c: $ngx_addon_dir/tools/embed $inv_web_files
	$ngx_addon_dir/tools/embed $inv_web_files > \$@.new
	mv \$@.new \$@
END
