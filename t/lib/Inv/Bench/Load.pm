package Inv::Bench::Load;

# One run of a client against one nginx, and what the workers of that nginx took
# of the processors for it.  wrk, which people know, where it can do what is
# wanted; else our own client, see t/bench/client.c.

use strict;
use warnings;

use Exporter qw(import);
use IPC::Open2;
use POSIX ();

use Inv::Bench::Program qw(program);

our @EXPORT_OK = qw(wrk client);

my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# nginx, connections, seconds, path; headers: for each request; lua: the script;
# words: its arguments.  Returns {requests, rate (a second), p50, p99 (µs), cpu
# (µs of nginx a request), status, broken, sold, refused, failed}.
sub wrk {
    my (%opt) = @_;
    return told($opt{nginx}, sub {
        open my $out, '-|', 'wrk', '-t1', "-c$opt{connections}",
            "-d$opt{seconds}s", '--timeout', '10s', '-s', $opt{lua},
            (map { ('-H', $_) } @{ $opt{headers} // [] }),
            "http://127.0.0.1:$opt{nginx}{port}$opt{path}", '--',
            @{ $opt{words} // [] } or die "wrk: $!\n";
        my @lines = <$out>;
        close $out or die "wrk failed: @lines\n";
        return @lines;
    });
}

# nginx, connections, active (connections; all unless given), seconds, file,
# order: see t/bench/client.c; opened: called while all are open and idle, if
# there are more than active ones.  Returns what wrk does, and {same, local,
# redis, stale, miss, greeted, parted, sold_besides}.
sub client {
    my (%opt) = @_;
    my $active  = $opt{active} // $opt{connections};
    my @command = (
        program('client'), $opt{nginx}{port}, $opt{connections}, $active,
        $opt{seconds} // 0, $opt{file}, $opt{order}
    );
    return told($opt{nginx}, sub {
        my $pid = open2(my $out, my $in, @command);
        my @lines;
        while (defined(my $line = <$out>)) {
            if ($line =~ /^OPEN/) {
                $opt{opened}->() if $opt{opened};
                print {$in} "\n";
                $in->flush;
            }
            push @lines, $line;
        }
        waitpid $pid, 0;
        die "the client failed: @lines\n" if $?;
        return @lines;
    });
}

# What a run told in its line RESULT.
sub told {
    my ($nginx, $run) = @_;
    my $before = processor_us($nginx);
    my @lines = $run->();
    my ($line) = grep {/^RESULT/} @lines or die "no result: @lines\n";
    my %result = $line =~ /(\w+)=(\d+)/g;
    my $requests = $result{requests} || 1;
    $result{rate} = $result{requests} / (($result{us} || 1) / 1e6);
    $result{cpu} = (processor_us($nginx) - $before) / $requests;
    return \%result;
}

# What the workers have used so far, their threads included.
sub processor_us {
    my ($nginx) = @_;
    my $used = 0;
    for my $pid ($nginx->workers) {
        open my $in, '<', "/proc/$pid/stat" or next;
        my $line = <$in> // next;
        # the fields behind the name, which may hold anything
        my @fields = split ' ', $line =~ s/.*\)//r;
        $used += $fields[11] + $fields[12];
    }
    return $used * 1e6 / $ticks;
}

1;
