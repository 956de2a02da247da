#!/usr/bin/perl

# The module's symbols: three are exported, and a module that exports functions
# named as those of our libraries, loaded before ours, is never called.

use strict;
use warnings;

use File::Basename qw(dirname);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Nginx;
use Inv::Test;

my $module  = Inv::Nginx::module();
my $headers = dirname($module) . '/headers';

sub exported_by {
    my ($file) = @_;
    my @lines = qx(nm -D --defined-only "$file");
    is($?, 0, "nm reads $file");
    return sort map { (split)[-1] } @lines;
}

is_deeply(
    [ exported_by($module) ],
    [qw(ngx_module_names ngx_module_order ngx_modules)],
    'nothing is exported but what nginx asks for'
);

my $t      = Inv::Test->new;
my $hijack = $t->dir . '/ngx_hijack_module.so';
my $cc     = $ENV{CC} // 'cc';

my $includes = join ' ', split ' ',
    qx("$FindBin::Bin/../../tools/build-includes" "$headers");
is(system("$cc -shared -fPIC -o $hijack $includes "
            . "$FindBin::Bin/ngx_hijack_module.c"),
    0, 'the hijacking module is built');

my %exported = map { $_ => 1 } exported_by($hijack);
ok($exported{$_}, "it exports $_")
    for qw(redisAsyncConnect yajl_alloc bson_new mongoc_init);

$t->nginx->write_config("load_module $hijack;\n" . $t->config)->start;
like($t->nginx->log . join('', map { maps_of($_) } $t->nginx->workers),
    qr/\Q$hijack\E/, 'nginx has loaded it');

# Through yajl (the bodies), libmongoc, libbson and hiredis.
my $product = $t->create(name => 'Kept', stock => 2);
my $read    = sub { $t->get($t->path($product)) };
$t->status_is($read->(), 200, 'read');
$t->status_is($t->post($t->path($product, 'purchase'), { quantity => 1 }),
    200, 'bought');
ok(wait_until(sub { ($read->()->header('Cache-Status') // '') =~ /redis/ }),
    'answered out of Redis');

unlike($t->nginx->log . $t->nginx->{process}->output, qr/hijacked/,
    'nothing of the hijacking module was called');

$t->done;

sub maps_of {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/maps" or return '';
    local $/;
    return scalar <$in>;
}
