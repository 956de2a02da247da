# What a newcomer does first, in a clean copy of what git has: a build for
# another nginx, `make build` and `make run`, the commands that it prints, Ctrl-C;
# and the endpoint that docs/contributing.md adds.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Temp ();
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::IP;
use JSON::PP;
use Test::More;

use Inv::Blocks qw(run_commands);
use Inv::Markdown;
use Inv::Port;
use Inv::Process qw(wait_until children_of);
use Inv::Servers;

# Long enough for a machine that is busy with other tests as well.
use constant { BUILD_SECONDS => 900, START_SECONDS => 900, STOP_SECONDS => 60 };

local $SIG{PIPE} = 'IGNORE';
local $SIG{INT} = local $SIG{TERM} = sub { exit 1 };

# The example's test is one among others: it has their servers.
my %servers = (
    MONGO_URI => Inv::Servers::mongo_uri(),
    REDIS_URL => Inv::Servers::redis_url(),
);

# As on a machine with nothing: no servers, no build of another kind.
delete @ENV{
    qw(MONGO_URI MONGO_URL REDIS_URL BUILD NGINX_SRC INV_SERVERS_DIR
        MAKEFLAGS MAKELEVEL MFLAGS)
};

my $root = abs_path("$FindBin::Bin/../..");
my $scratch = File::Temp->newdir('inv-run-XXXXXXXX', TMPDIR => 1);
my $copy = "$scratch/copy";
chmod 0755, "$scratch";
mkdir $copy;
system("cd '$root' && git -c safe.directory='*' ls-files -z"
        . " | tar -c --null --ignore-failed-read -T - | tar -x -C '$copy'") == 0
    or BAIL_OUT('no copy of what git has');

# A command in the copy, with its output in a file and in a group of its own, as
# a terminal's foreground is.
sub start {
    my ($name, @command) = @_;
    return Inv::Process->start("$scratch/$name.log", 'setsid', 'env', '-C',
        $copy, @command);
}

sub run_whole {
    my ($name, @command) = @_;
    my $process = start($name, @command);
    my $status = $process->wait_end(BUILD_SECONDS);
    ok(defined $status && $status == 0, "@command") or diag($process->output);
    return;
}

# The example of docs/contributing.md, file by file; what is to be taken back.
# A part of a file that is there goes to the one place that it can.
sub add_example {
    my (@undo);
    for my $block (Inv::Markdown->new($root, 'docs/contributing.md')->blocks) {
        my $file = $block->{file} || next;
        my $text = -e "$copy/$file" ? read_file("$copy/$file") : undef;
        push @undo, [ $file, $text ];
        my $whole = $block->{text};
        if (defined $text) {
            ($whole = $text) =~ s/(inv_routes_api\[\] = \{\n)/$1\n$block->{text}/
                || $whole =~ s/\n(#endif[^\n]*\n)\z/\n$block->{text}\n\n$1/
                or die "$file: there is no place for a part of it\n";
        }
        write_file("$copy/$file", $whole);
    }
    return @undo;
}

sub read_file {
    my ($path) = @_;
    open my $in, '<', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print {$out} $text;
    close $out or die "$path: $!\n";
    return;
}

my @undo = add_example();
is(scalar @undo, 6, 'the example of docs/contributing.md has six parts');

# Of sources, for every nginx of that version that is --with-compat.
chomp(my $sources = `cd '$root' && tools/build-nginx-source`);
{
    # What is asked here is whether it loads, and what the example answers:
    # without optimization it is there in half of the time.
    local $ENV{BUILD} = 'debug';
    run_whole('source', 'make', 'build', "NGINX_SRC=$root/$sources");
}
mkdir "$scratch/nginx";
write_file("$scratch/nginx/nginx.conf", <<"END");
load_module $copy/build/ngx_inventory_module.so;
error_log error.log;
pid nginx.pid;
events {}
http { server { listen 127.0.0.1:1; location / { inventory_api; } } }
END
my $said = `nginx -t -p '$scratch/nginx' -c nginx.conf -e error.log 2>&1`;
is($?, 0, 'the packaged nginx, which is --with-compat, loads it') or diag($said);

{
    local @ENV{ keys %servers } = values %servers;
    delete local @ENV{qw(TEST_NGINX_MODULE TEST_NGINX_BINARY TEST_ROOT)};
    run_whole('example', 'prove', 't/http/sold_out.t');
}
for my $file (@undo) {
    my ($name, $text) = @{$file};
    defined $text ? write_file("$copy/$name", $text) : unlink "$copy/$name";
}

run_whole('build', 'make', 'build');
ok(-s "$copy/build/ngx_inventory_module.so", 'the module is where it is said');

my $port = Inv::Port::take();
my $run = start('run', "PORT=$port", 'make', 'run');
ok(wait_until(
        sub { defined $run->ended || $run->output =~ /is up:.*\n\n(?:  .*\n)+\n/ },
        START_SECONDS
    ) && !defined $run->ended,
    'make run serves'
) or diag($run->output);

my ($printed) = $run->output =~ /is up:.*\n\n((?:  .*\n)+)\n/;
my @lines = map {s/^  //r} split /\n/, $printed // '';
is(scalar @lines, 5, 'it prints five lines');
my $ran = run_commands(join("\n", @lines), dir => $copy, scratch => "$scratch");
ok($ran->{ok}, 'they run as they are') or diag($ran->{output});
is("@{ $ran->{statuses} }", '201 200 200 200 200', 'and are answered');
like($ran->{output}, qr/"remaining":8\b/, 'two of ten are sold');

# From other machines nobody reaches what asks nobody who he is.
for my $address (split ' ', `hostname -I`) {
    ok(!IO::Socket::IP->new(PeerHost => $address, PeerPort => $port, Timeout => 5),
        "it does not listen on $address");
}
like(read_file("$copy/build/run/$port/nginx.conf"),
    qr/^\s*listen 127\.0\.0\.1:$port reuseport;$/m, 'but on loopback');
if ($> == 0) {
    my ($master) = read_file("$copy/build/run/$port/nginx.pid") =~ /(\d+)/;
    my @users = map { (stat "/proc/$_")[4] // () } children_of($master);
    isnt(scalar @users, 0, 'there are workers');
    is(scalar(grep { $_ == 0 } @users), 0, 'none of them is root');
}
for my $path ('/docs', '/docs/') {
    my $status = `curl -gsLo /dev/null -w '%{http_code}' http://127.0.0.1:$port$path`;
    is($status, 200, "$path is the page");
}

# Ctrl-C.
kill 'INT', -$run->pid;
ok(defined $run->wait_end(STOP_SECONDS), 'Ctrl-C ends it') or diag($run->output);
unlike(`cd '$copy' && tools/servers status`, qr/running/,
    'and the servers that it has started');
ok(!-e "$copy/build/run/$port/nginx.pid", 'and nginx');
open my $log, '<', "$copy/build/run/$port/logs/error.log" or BAIL_OUT('no log');
is(join('', grep {/\[(?:alert|crit|emerg)\]/} <$log>), '', 'no complaint');

END {
    my $status = $?;
    if ($run) {
        kill 'INT', -$run->pid if !defined $run->ended;
        $run->wait_end(STOP_SECONDS);
        system("cd '$copy' && tools/servers destroy >/dev/null 2>&1");
    }
    $? = $status;
}

done_testing();
